import { answer, type TaskRequest } from './tasks.ts'

// The browser's frame worker: codec/platform starts it by its name beside itself.
const scope = self as unknown as DedicatedWorkerGlobalScope

scope.onmessage = (event: MessageEvent<TaskRequest>) =>
  void answer(event.data, (reply, transfer) => scope.postMessage(reply, transfer))
