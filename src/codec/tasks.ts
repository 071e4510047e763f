import { DicubeError, type ErrorCode } from '../errors.ts'
import { decodeFrame, decodeValues } from './decode.ts'
import { packFrame, unpackFrame } from './frame.ts'
import { isPart, readFramePart } from './frame-part.ts'
import { hashPlace } from './hash.ts'
import { usePlatform } from './platform.ts'

/** What a frame worker can be asked to do. `start` is the first message to each. */
export const TASKS = {
  start: async (wasmUrls: Record<string, string>) => usePlatform({ wasmUrls }),
  pack: packFrame,
  unpack: unpackFrame,
  decode: decodeFrame,
  values: decodeValues,
  hash: hashPlace,
}

export type TaskName = keyof typeof TASKS

export interface TaskRequest {
  id: number
  name: TaskName
  args: unknown[]
}

export type TaskReply = { id: number; result: unknown } | { id: number; error: { code?: ErrorCode; message: string } }

let turn: Promise<unknown> = Promise.resolve()

/** One task after the other, as files are read into the same memory and a task waits where it is the first to load its codec. */
export function runTask(name: TaskName, args: unknown[]): Promise<unknown> {
  const task = TASKS[name] as (...args: unknown[]) => Promise<unknown>
  const result = turn.then(async () => owned(await task(...args.map(arg => (isPart(arg) ? readFramePart(arg) : arg)))))
  turn = result.catch(() => {})
  return result
}

/** Runs one request in a worker and posts its one reply. */
export async function answer(
  { id, name, args }: TaskRequest,
  post: (reply: TaskReply, transfer: ArrayBuffer[]) => void,
): Promise<void> {
  let reply: TaskReply
  try {
    reply = { id, result: await runTask(name, args) }
  } catch (error) {
    reply = { id, error: describeError(error) }
  }
  post(reply, 'result' in reply ? buffersOf(reply.result) : [])
}

/** A class does not cross the boundary of a worker, its code and its words do. */
const describeError = (error: unknown) =>
  error instanceof DicubeError
    ? { code: error.code, message: error.message }
    : { message: error instanceof Error ? error.message : String(error) }

/** A result whose arrays fill their buffers: of any other, all that is behind it would be cloned. */
function owned(result: unknown): unknown {
  if (ArrayBuffer.isView(result)) {
    const array = result as Uint8Array
    return array.byteLength === array.buffer.byteLength ? array : array.slice()
  }
  if (!result || typeof result !== 'object') return result
  return Object.fromEntries(Object.entries(result).map(([key, value]) => [key, owned(value)]))
}

/** The buffers of a result that is owned: they are handed over. */
function buffersOf(result: unknown): ArrayBuffer[] {
  const values = ArrayBuffer.isView(result)
    ? [result]
    : result && typeof result === 'object'
      ? Object.values(result)
      : []
  return values.flatMap(value => (ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : []))
}
