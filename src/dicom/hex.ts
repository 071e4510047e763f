/** Upper case, as PS3 prints tags. */
export const upperHex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0')
