import { parentPort } from 'node:worker_threads'
import { readPart } from '../bytes/file.node.ts'
import { nodePlatform } from './platform.node.ts'
import { usePlatform } from './platform.ts'
import { answer, type TaskRequest } from './tasks.ts'

/** What is read from files. Memory of its own for each frame would keep the collector busy. */
let memory = new Uint8Array(1 << 20)

usePlatform({
  ...nodePlatform,
  readPart(part) {
    if (part.length > memory.length) memory = new Uint8Array(part.length)
    return readPart(part, memory.subarray(0, part.length))
  },
})

const port = parentPort
/** One after the other, because of `memory`: a task waits when it is the first to load its codec. */
let turn = Promise.resolve()
port?.on('message', (request: TaskRequest) => {
  turn = turn.then(() => answer(request, (reply, transfer) => port.postMessage(reply, transfer)))
})
