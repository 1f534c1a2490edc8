import { spawn } from 'node:child_process'

/** Runs a program to its end and gives what it wrote to standard output. Throws with its standard error when it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  if (status === 0) return Buffer.concat(stdout).toString('utf8')
  throw new Error(`${[program, ...args].join(' ')}: ended with ${status}\n${Buffer.concat(stderr).toString('utf8')}`)
}
