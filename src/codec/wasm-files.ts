/**
 * Where a codec's .wasm is, by file name. Nothing is known here: in Node each script finds its own. The browser build
 * takes wasm-files.browser in this module's place.
 */
export const wasmFiles = (): Record<string, string> => ({})
