import { platform } from './platform.ts'
import { wasmFiles } from './wasm-files.ts'

/** undefined: the module looks beside its script. */
export const wasmUrl = (file: string): string | undefined => platform().wasmUrls[file] ?? wasmFiles()[file]

type Create<T> = (options: EmscriptenOptions) => Promise<T>

/** Starts an Emscripten module, silent: a library does not print. `file` is its .wasm. */
export function startWasm<T>(module: { default: Create<T> }, file: string): Promise<T> {
  const url = wasmUrl(file)
  const silent = () => {}
  return module.default({ print: silent, printErr: silent, ...(url && { locateFile: () => url }) })
}

/** Emscripten throws C++ exceptions as the number of their address. */
export const wasmReason = (error: unknown) => (error instanceof Error ? error.message : 'the decoder gave up')
