import { fork, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { example } from '../sandbox/example-cloud.ts'

// The sandbox's own figures: `node test/bench/sandbox.ts [--exchanges 20000] [--gigabytes 10]`. One line for each, medians where they are.
const { values } = parseArgs({
  options: { exchanges: { type: 'string', default: '100000' }, gigabytes: { type: 'string', default: '10' } },
})
const program = fileURLToPath(new URL('./sandbox-process.ts', import.meta.url))

type Ready = { proxyUrl: string; caPem: string; readyMs: number }
type Running = Ready & { child: ChildProcess; agent: https.Agent; wallMs: number }

async function start(mode: 'plain' | 'cached' = 'plain'): Promise<Running> {
  const began = performance.now()
  const child = fork(program, [mode], { execArgv: ['--expose-gc'], stdio: 'inherit' })
  const [ready] = (await once(child, 'message')) as [Ready]
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: 8,
    ca: ready.caPem,
    proxyEnv: { HTTPS_PROXY: ready.proxyUrl },
  })
  return { ...ready, child, agent, wallMs: performance.now() - began }
}

async function stop({ child, agent }: Running): Promise<void> {
  agent.destroy()
  child.send('end')
  await once(child, 'exit')
}

async function ask<T>(child: ChildProcess, question: 'token' | 'memory'): Promise<T> {
  child.send(question)
  const [answer] = (await once(child, 'message')) as [T]
  return answer
}

function send(
  running: Running,
  url: string,
  options: https.RequestOptions,
  body: string | Readable,
): Promise<{ status: number; text: string; location: string }> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { ...options, agent: running.agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
          location: answer.headers.location ?? '',
        }),
      )
      answer.on('error', reject)
    })
    request.on('error', reject)
    if (typeof body === 'string') request.end(body)
    else body.pipe(request)
  })
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }

async function exchange(running: Running, assertion: string, resource: string): Promise<string> {
  const body = new URLSearchParams({
    client_id: example.clientId,
    scope: `${resource}/.default`,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  const url = `https://login.microsoftonline.com/${example.tenantId}/oauth2/v2.0/token`
  const { status, text } = await send(running, url, { method: 'POST', headers: form }, body.toString())
  if (status !== 200) throw new Error(text)
  return (JSON.parse(text) as { access_token: string }).access_token
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
const line = (row: string, text: string) => process.stdout.write(`${row.padEnd(34)}${text}\n`)

async function measureStart(): Promise<void> {
  const walls: number[] = []
  for (let run = 0; run < 5; run++) {
    const running = await start()
    walls.push(running.wallMs)
    await stop(running)
  }
  line('start to ready, median of 5', `${Math.round(median(walls))} ms (aim 1000)`)
}

async function measureExchanges(count: number): Promise<void> {
  const running = await start()
  const assertion = await ask<string>(running.child, 'token')
  await burst(200, async () => void (await exchange(running, assertion, example.awsTokenResource)))
  const before = await ask<NodeJS.MemoryUsage>(running.child, 'memory')
  const rates: number[] = []
  const resident: number[] = []
  const rounds = 10
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    await burst(count / rounds, async () => void (await exchange(running, assertion, example.awsTokenResource)))
    rates.push((count / rounds / (performance.now() - began)) * 1000)
    resident.push((await ask<NodeJS.MemoryUsage>(running.child, 'memory')).rss)
  }
  line('Entra exchanges a second, median', `${Math.round(median(rates))} (aim 500)`)
  line(`memory over ${count} exchanges`, `${megabytes(before.rss)} before; ${resident.map(megabytes).join(', ')}`)
  await stop(running)
}

/** So many calls, eight at a time. */
async function burst(count: number, call: () => Promise<void>): Promise<void> {
  let left = count
  const worker = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

async function measurePush(gigabytes: number): Promise<void> {
  const running = await start()
  const assertion = await ask<string>(running.child, 'token')
  const access = await exchange(running, assertion, 'https://containerregistry.azure.net')
  const host = `https://${example.acrHost}`
  const post = async (path: string, fields: Record<string, string>) =>
    JSON.parse(
      (await send(running, host + path, { method: 'POST', headers: form }, new URLSearchParams(fields).toString()))
        .text,
    ) as Record<string, string>
  const { refresh_token = '' } = await post('/oauth2/exchange', {
    grant_type: 'access_token',
    service: example.acrHost,
    access_token: access,
  })
  const scope = `repository:${example.repository}:pull,push`
  const { access_token = '' } = await post('/oauth2/token', {
    grant_type: 'refresh_token',
    service: example.acrHost,
    scope,
    refresh_token,
  })
  const authorization = `Bearer ${access_token}`
  const before = await ask<NodeJS.MemoryUsage>(running.child, 'memory')
  const began = performance.now()
  for (let part = 0; part < gigabytes; part++) {
    const { digest, length, body } = oneGigabyte(part)
    const begun = await send(
      running,
      `${host}/v2/${example.repository}/blobs/uploads/`,
      { method: 'POST', headers: { authorization, 'content-length': 0 } },
      '',
    )
    const target = `${new URL(begun.location, host).href}&digest=${digest}`
    const put = await send(
      running,
      target,
      {
        method: 'PUT',
        headers: { authorization, 'content-length': length, 'content-type': 'application/octet-stream' },
      },
      body(),
    )
    if (put.status !== 201) throw new Error(put.text)
  }
  const seconds = (performance.now() - began) / 1000
  const after = await ask<NodeJS.MemoryUsage>(running.child, 'memory')
  line(
    `${gigabytes} GB pushed, counted`,
    `${Math.round((gigabytes * 1000) / seconds)} MB/s; memory ${megabytes(before.rss)} before, ${megabytes(after.rss)} after`,
  )
  await stop(running)
}

/** A blob of 1 GB that no other has, without holding it. */
function oneGigabyte(part: number) {
  const chunk = Buffer.alloc(1_000_000, `part ${part} `)
  const hash = createHash('sha256')
  for (let index = 0; index < 1000; index++) hash.update(chunk)
  const chunks = function* () {
    for (let index = 0; index < 1000; index++) yield chunk
  }
  return { digest: `sha256:${hash.digest('hex')}`, length: 1000 * chunk.length, body: () => Readable.from(chunks()) }
}

async function measureCached(): Promise<void> {
  const running = await start('cached')
  const assertion = await ask<string>(running.child, 'token')
  const call = async () => void (await exchange(running, assertion, example.awsTokenResource))
  await burst(200, call)
  const rates: number[] = []
  for (let round = 0; round < 5; round++) {
    const began = performance.now()
    await burst(1000, call)
    rates.push((1000 / (performance.now() - began)) * 1000)
  }
  line("the same, issuer's keys cached", `${Math.round(median(rates))} a second`)
  await stop(running)
}

await measureStart()
await measureCached()
await measureExchanges(Number(values.exchanges))
await measurePush(Number(values.gigabytes))
