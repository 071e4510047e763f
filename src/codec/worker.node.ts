import { parentPort } from 'node:worker_threads'
import { nodePlatform } from './platform.node.ts'
import { usePlatform } from './platform.ts'
import { answer, type TaskRequest } from './tasks.ts'

usePlatform(nodePlatform)

const port = parentPort
port?.on(
  'message',
  (request: TaskRequest) => void answer(request, (reply, transfer) => port.postMessage(reply, transfer)),
)
