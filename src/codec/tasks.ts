import { DicubeError, type ErrorCode } from '../errors.ts'
import { decodeFrame } from './decode.ts'
import { packFrame, unpackFrame } from './frame.ts'
import { usePlatform } from './platform.ts'

/** What a frame worker can be asked to do. `start` is the first message to each. */
export const TASKS = {
  start: async (wasmUrls: Record<string, string>) => usePlatform({ wasmUrls }),
  pack: packFrame,
  unpack: unpackFrame,
  decode: decodeFrame,
}

export type TaskName = keyof typeof TASKS

export interface TaskRequest {
  id: number
  name: TaskName
  args: unknown[]
}

export type TaskReply = { id: number; result: unknown } | { id: number; error: { code?: ErrorCode; message: string } }

export const runTask = (name: TaskName, args: unknown[]): Promise<unknown> =>
  (TASKS[name] as (...args: unknown[]) => Promise<unknown>)(...args)

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
  post(reply, 'result' in reply ? ownBuffers(reply.result) : [])
}

/** A class does not cross the boundary of a worker, its code and its words do. */
const describeError = (error: unknown) =>
  error instanceof DicubeError
    ? { code: error.code, message: error.message }
    : { message: error instanceof Error ? error.message : String(error) }

/** The buffers that can be handed over: those that a result fills from end to end. */
function ownBuffers(result: unknown): ArrayBuffer[] {
  const values =
    result instanceof Uint8Array ? [result] : result && typeof result === 'object' ? Object.values(result) : []
  return values.flatMap(value =>
    value instanceof Uint8Array && value.buffer instanceof ArrayBuffer && value.length === value.buffer.byteLength
      ? [value.buffer]
      : [],
  )
}
