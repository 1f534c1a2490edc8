import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { exchangeToken } from '../sandbox/exchange-token.ts'
import type { CliSandbox } from './command-line.ts'

/** Mints a token by the command. */
export async function token(sandbox: CliSandbox, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.call(['token', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** Asks Entra for a token, as any client would, and gives the status with the error's number. */
export async function exchange(sandbox: CliSandbox, assertion: string): Promise<string> {
  const way = { proxyUrl: sandbox.description.proxy, caPem: await readFile(sandbox.description.caFile, 'utf8') }
  const answer = await exchangeToken(way, { assertion, resource: example.awsTokenResource })
  const number = /AADSTS\d+/.exec(answer.body)?.[0]
  return number === undefined ? String(answer.status) : `${answer.status} ${number}`
}
