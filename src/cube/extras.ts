// What is done with a series beyond reading its values. A page loads it when it is asked for (extras-start.browser).
export { check } from './check.ts'
export { displayMeta } from './display.ts'
export { tableOfDocument } from './document-read.ts'
export { documentJson } from './document-write.ts'
export { changeElement, tableOfDataSets } from './edit.ts'
export { frameCells, isClassic } from './frames.ts'
export { sortOrderOf } from './order.ts'
export { volumesOf } from './volumes.ts'
