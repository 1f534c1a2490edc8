import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Secret } from '../../../steps/lib/core/secret.ts'
import type { HttpClient, HttpResponse } from '../../../steps/lib/http/client.ts'

/** What is pushed: the type of its one layer, and the bytes. */
export type Artifact = { readonly configType: string; readonly layerType: string; readonly content: string }

/** A client of registries that knows nothing but what a docker configuration says. */
export type DockerClient = {
  /** Pushes an image and gives its digest. */
  push(reference: string, artifact: Artifact): Promise<string>
  /** Pulls manifest and config, and gives the digest. */
  pull(reference: string): Promise<string>
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** Reads its logins from the file, as docker's tools do: by the registry's host alone. */
export function dockerClient(http: HttpClient, configFile: string): DockerClient {
  return {
    push: async (text, artifact) => {
      const at = await open(http, configFile, { text, actions: 'pull,push' })
      const [config, layer] = [Buffer.from('{}'), gzipSync(artifact.content)]
      for (const blob of [config, layer]) await upload(at, blob)
      const manifest = {
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: artifact.configType, digest: digestOf(config), size: config.length },
        layers: [{ mediaType: artifact.layerType, digest: digestOf(layer), size: layer.length }],
      }
      const body = Buffer.from(JSON.stringify(manifest))
      const answer = await at.send('PUT', `manifests/${at.tag}`, { body, type: manifestType })
      return must(answer, 201, `put ${text}`).headers['docker-content-digest'] ?? ''
    },
    pull: async (text) => {
      const at = await open(http, configFile, { text, actions: 'pull' })
      const answer = must(await at.send('GET', `manifests/${at.tag}`), 200, `get ${text}`)
      const { config } = JSON.parse(answer.body.toString('utf8')) as { config: { digest: string } }
      const blob = await at.send('GET', `blobs/${config.digest}`)
      const content =
        blob.status === 307 ? await http.send({ method: 'GET', url: new URL(blob.headers['location'] ?? '') }) : blob
      if (digestOf(must(content, 200, 'get the config').body) !== config.digest) throw new Error('another config')
      return answer.headers['docker-content-digest'] ?? ''
    },
  }
}

type Sending = { readonly body?: Buffer; readonly type?: string }

type Repository = {
  readonly tag: string
  send(method: 'GET' | 'POST' | 'PUT', path: string, sending?: Sending): Promise<HttpResponse>
}

async function open(
  http: HttpClient,
  configFile: string,
  { text, actions }: { readonly text: string; readonly actions: string },
): Promise<Repository> {
  const [, host = '', repository = '', tag = ''] = /^([^/]+)\/(.+):([\w.-]+)$/.exec(text) ?? []
  const authorization = await authorize(http, {
    host,
    login: loginOf(configFile, host),
    scope: `repository:${repository}:${actions}`,
  })
  return {
    tag,
    send: async (method, path, { body, type } = {}) =>
      await http.send({
        method,
        url: new URL(path, `https://${host}/v2/${repository}/`),
        authorization,
        headers: { accept: manifestType, ...(type === undefined ? {} : { 'content-type': type }) },
        ...(body === undefined ? {} : { body }),
      }),
  }
}

function loginOf(configFile: string, host: string): Secret {
  const { auths } = JSON.parse(readFileSync(configFile, 'utf8')) as { auths: Record<string, { auth: string }> }
  const auth = auths[host]?.auth
  if (auth === undefined) throw new Error(`${configFile} has no login for ${host}`)
  return new Secret(`Basic ${auth}`)
}

/** As the registry asks for it: Basic, or a Bearer token that its realm gives for the login. */
async function authorize(
  http: HttpClient,
  { host, login, scope }: { readonly host: string; readonly login: Secret; readonly scope: string },
): Promise<Secret> {
  const challenge =
    (await http.send({ method: 'GET', url: new URL(`https://${host}/v2/`) })).headers['www-authenticate'] ?? ''
  if (/^Basic /i.test(challenge)) return login
  const [, realm = ''] = /realm="([^"]+)"/.exec(challenge) ?? []
  const [, service = ''] = /service="([^"]+)"/.exec(challenge) ?? []
  const url = new URL(realm)
  if (url.host !== host) throw new Error(`the realm ${realm} is of another host`)
  url.search = new URLSearchParams({ service, scope }).toString()
  const answer = must(await http.send({ method: 'GET', url, authorization: login }), 200, 'get a token')
  const { access_token: token } = JSON.parse(answer.body.toString('utf8')) as { access_token: string }
  return new Secret(`Bearer ${token}`)
}

async function upload(at: Repository, blob: Buffer): Promise<void> {
  const { headers } = must(await at.send('POST', 'blobs/uploads/'), 202, 'open an upload')
  const location = headers['location'] ?? ''
  const path = `${location}${location.includes('?') ? '&' : '?'}digest=${digestOf(blob)}`
  must(await at.send('PUT', path, { body: blob, type: 'application/octet-stream' }), 201, 'upload a blob')
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Registries say in their own words why; these hold no credential. */
function must(answer: HttpResponse, status: number, what: string): HttpResponse {
  if (answer.status === status) return answer
  throw new Error(`${what}: ${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`)
}
