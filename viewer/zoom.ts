/** What of an image is on the screen. Lengths are pixels of the screen. */
export interface Zoom {
  /** How many times as large as where all of the image fits. */
  factor: number
  /** What of the image lies in the middle of the screen: 0 is its left or upper edge, 1 the other. */
  x: number
  y: number
}

interface Size {
  width: number
  height: number
}

export const WHOLE: Zoom = { factor: 1, x: 0.5, y: 0.5 }

/** The greatest size of a pixel of the image on the screen. */
const MOST_PIXEL_PX = 64
const MOST_FACTOR = 8

/** An image of few pixels is large already where all of it fits. */
export const mostFactor = (pixelPx: number): number => Math.max(MOST_FACTOR, MOST_PIXEL_PX / pixelPx)

/** How far the middle of the image, of the size that it has without a zoom, is from the middle of the screen. */
export const offsetOf = ({ factor, x, y }: Zoom, image: Size): { x: number; y: number } => ({
  x: (0.5 - x) * image.width * factor,
  y: (0.5 - y) * image.height * factor,
})

/** Moves the image. */
export const movedBy = (zoom: Zoom, right: number, down: number, image: Size): Zoom => ({
  ...zoom,
  x: zoom.x - right / (image.width * zoom.factor),
  y: zoom.y - down / (image.height * zoom.factor),
})

/** Another size, at which the place [x, y], counted from the middle of the screen, shows what it showed. */
export function scaledTo(zoom: Zoom, factor: number, at: { x: number; y: number }, image: Size): Zoom {
  const around = movedBy(zoom, -at.x, -at.y, image)
  return movedBy({ ...around, factor }, at.x, at.y, image)
}

/**
 * The nearest that keeps the image on the screen: its edges can come as far in as a quarter of the screen, where text lies
 * over the corners, and no further; what fits stays in the middle.
 */
export function kept(zoom: Zoom, image: Size, screen: Size, most: number): Zoom {
  const factor = Math.min(most, Math.max(1, zoom.factor))
  const along = (at: number, length: number, room: number) => {
    const margin = (room / 4) * Math.min(1, factor - 1)
    const slack = Math.max(0, (length * factor - room) / 2 + margin) / (length * factor)
    return Math.min(0.5 + slack, Math.max(0.5 - slack, at))
  }
  return { factor, x: along(zoom.x, image.width, screen.width), y: along(zoom.y, image.height, screen.height) }
}
