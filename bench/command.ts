import { main } from '../src/cli/main.ts'

/** A command in this process, without what it prints. */
export async function command(...argv: string[]): Promise<void> {
  let told = ''
  const code = await main(argv, {
    stdout: { write() {} },
    stderr: {
      write(text) {
        told += text
      },
    },
    isTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
  })
  if (code !== 0) throw new Error(`dicube ${argv.join(' ')}: exit ${code}\n${told}`)
}
