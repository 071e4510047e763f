/** x, y, z in patient coordinates. */
export type Vec3 = [number, number, number]

export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

/** Cross product of row and column direction: the direction from which a right-handed stack of slices grows. */
export const normalOf = (orientation: readonly number[]): Vec3 =>
  cross(orientation.slice(0, 3) as Vec3, orientation.slice(3, 6) as Vec3)
