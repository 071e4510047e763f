/** What a size may be: `bytes` in any case, and `times` as many as it is made of. */
export interface Growth {
  bytes: number
  times: number
}

/**
 * What reading a .dcbs file, ours or the Python package's, may take (SPEC §10). Beyond it a file is refused before anything is
 * allocated for it. A cube is not written either when it could not be read again.
 */
export const CUBE_LIMITS = {
  /** Rows of the directory: their number is one byte. */
  sections: 255,
  /** Bytes of the front page, of a section, of a frame and of what a zstd frame inflates to: what one array holds everywhere. */
  arrayBytes: 0x7fffffff,
  /** Slices; items of a sequence. */
  rows: 1 << 26,
  /** Frames of a cube, and fragments of its frames. */
  frames: 1 << 26,
  /** Sequences in sequences. */
  sequenceDepth: 512,
  /** Digits in one place of a text. */
  runDigits: 1 << 16,
  /** Bytes of a column of binary integers. */
  wordsBytes: 1 << 28,
  /** Bytes that all sections and chunks inflate to together, beside how many they are; and bytes of the header of one slice. */
  inflatedBytes: { bytes: 4 << 20, times: 256 } as Growth,
  /** Integers in lists, rows of nested tables, places in presences: what few bytes can say many of. */
  listEntries: { bytes: 1 << 22, times: 64 } as Growth,
}

export const FRAME_LIMITS = {
  /** Bytes of a decoded frame, beside those of the compressed one. */
  decodedBytes: { bytes: 1 << 24, times: 1024 } as Growth,
  /** Time for one frame to be packed, unpacked or decoded by a thread. */
  timeMs: 120_000,
}

/** How much may come of so many bytes. */
export const grown = ({ bytes, times }: Growth, from: number): number => bytes + times * from
