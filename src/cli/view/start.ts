/** start.json, which the page asks for first. Addresses are relative to the page. */
export type Start =
  | { kind: 'nothing' }
  | { kind: 'cube'; name: string; url: string }
  | { kind: 'files'; name: string; files: { name: string; url: string }[] }
