/** The browser build has each .wasm beside its scripts. The addresses are spelled out as bundlers look for them. */
export const wasmFiles = (): Record<string, string> => ({
  'openjphjs.wasm': new URL('./openjphjs.wasm', import.meta.url).href,
  'openjpegwasm_decode.wasm': new URL('./openjpegwasm_decode.wasm', import.meta.url).href,
  'charlswasm_decode.wasm': new URL('./charlswasm_decode.wasm', import.meta.url).href,
  'libjpegturbowasm_decode.wasm': new URL('./libjpegturbowasm_decode.wasm', import.meta.url).href,
  'zstd.wasm': new URL('./zstd.wasm', import.meta.url).href,
})
