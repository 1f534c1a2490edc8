import { request, type IncomingHttpHeaders } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resources } from './clouds.ts'
import type { BrokeredRun } from './broker-door.ts'

/** An answer of the broker. */
export type Answered = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** How a request differs from the good one; `undefined` takes a header away. */
export type Asked = {
  readonly url?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body?: string
}

/** Sends a request with these headers and no others but Host. */
export async function send(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return await new Promise((resolve, reject) => {
    const asking = request(url, { method, headers: Object.fromEntries(given), agent: false })
    asking.on('error', reject)
    asking.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('error', reject)
      response.on('end', () => {
        // Of an answer that goes on (the one to who seals) the first line.
        const [line = ''] = text.split('\n')
        const parsed = line === '' ? {} : (JSON.parse(line) as Record<string, unknown>)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed })
      })
    })
    asking.end(body)
  })
}

/** Asks as AWS's SDKs do, by the variables of the command. */
export async function askAws(run: BrokeredRun, { url, headers, ...asked }: Asked = {}): Promise<Answered> {
  const file = run.env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? ''
  const authorization = await readFile(file, 'utf8')
  const address = url ?? run.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? ''
  return await send(address, { ...asked, headers: { authorization, ...headers } })
}

/** Asks as Azure's SDKs do in App Service. */
export async function askAzure(run: BrokeredRun, { url, headers, ...asked }: Asked = {}): Promise<Answered> {
  const query = `?api-version=2019-08-01&resource=${encodeURIComponent(resources.vault)}`
  const address = url ?? `${run.env['IDENTITY_ENDPOINT']}${query}`
  const header = run.env['IDENTITY_HEADER']
  return await send(address, { ...asked, headers: { 'x-identity-header': header, ...headers } })
}

/** Asks as they do on a virtual machine. */
export async function askImds(run: BrokeredRun, { url, headers, ...asked }: Asked = {}): Promise<Answered> {
  const query = `?api-version=2018-02-01&resource=${encodeURIComponent(resources.vault)}`
  const address = url ?? `${run.env['AZURE_POD_IDENTITY_AUTHORITY_HOST']}/metadata/identity/oauth2/token${query}`
  return await send(address, { ...asked, headers: { metadata: 'true', ...headers } })
}

/** Asks the broker's control as our steps do. */
export async function askControl(run: BrokeredRun, path: string, secret?: string): Promise<Answered> {
  const known = secret ?? (await readFile(join(run.sealed, 'secret'), 'utf8'))
  return await send(`http://127.0.0.1:${run.port}${path}`, {
    method: 'POST',
    headers: { 'x-tekton-entra-secret': known },
  })
}
