// These packages bring no types of their own; only what is used here is declared.

interface EmscriptenOptions {
  print?(text: string): void
  printErr?(text: string): void
  locateFile?(file: string): string
}

interface WasmFrameInfo {
  width: number
  height: number
  bitsPerSample: number
  componentCount: number
  isSigned: boolean
  isUsingColorTransform: boolean
}

/** The shape that all decoders of the @cornerstonejs codecs share. */
interface WasmDecoder {
  getEncodedBuffer(sizeBytes: number): Uint8Array
  decode(): void
  getDecodedBuffer(): Uint8Array
  getFrameInfo(): WasmFrameInfo
  delete(): void
}

declare module '@cornerstonejs/codec-openjph' {
  interface Encoder {
    getDecodedBuffer(frame: WasmFrameInfo): Uint8Array
    setQuality(lossless: boolean, quantizationStep: number): void
    setProgressionOrder(order: number): void
    setDecompositions(levels: number): void
    setBlockDimensions(size: { width: number; height: number }): void
    setTLMMarker(wanted: boolean): void
    encode(): void
    getEncodedBuffer(): Uint8Array
    delete(): void
  }
  export interface OpenJph {
    HTJ2KEncoder: new () => Encoder
    HTJ2KDecoder: new () => WasmDecoder & { getLastErrorMessage(): string }
  }
  export default function create(options: EmscriptenOptions): Promise<OpenJph>
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  export default function create(options: EmscriptenOptions): Promise<{ JpegLSDecoder: new () => WasmDecoder }>
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  export default function create(options: EmscriptenOptions): Promise<{ J2KDecoder: new () => WasmDecoder }>
}

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  export default function create(options: EmscriptenOptions): Promise<{ JPEGDecoder: new () => WasmDecoder }>
}
