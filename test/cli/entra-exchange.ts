import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import type { CliSandbox } from './command-line.ts'

/** Mints a token by the command. */
export async function token(sandbox: CliSandbox, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.call(['token', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** Asks Entra for a token, as any client would, and gives the status with the error's number. */
export async function exchange(sandbox: CliSandbox, assertion: string): Promise<string> {
  const answer = await throughProxy(
    { proxyUrl: sandbox.description.proxy, caPem: await readFile(sandbox.description.caFile, 'utf8') },
    {
      url: `https://login.microsoftonline.com/${example.tenantId}/oauth2/v2.0/token`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: example.clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        scope: `${example.awsTokenResource}/.default`,
      }).toString(),
    },
  )
  const number = /AADSTS\d+/.exec(answer.body)?.[0]
  return number === undefined ? String(answer.status) : `${answer.status} ${number}`
}
