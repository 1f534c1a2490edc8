import type { Clock } from '../../core/clock.ts'
import type { StepError } from '../../core/errors.ts'
import { retry, type Patience } from '../../core/retry.ts'
import type { HttpClient, HttpDownload, HttpRequest, HttpResponse } from '../../http/client.ts'
import { SharedCredential, type Authorizer } from './authorizer.ts'
import { unsettled } from '../settled-failure.ts'
import { registryError, type Asked } from './registry-error.ts'

/** Whether a repository is there already; `unknown` where nobody can say, or pushing creates it. */
export type RepositoryState = 'exists' | 'missing' | 'unknown'

export type RegistryClientOptions = {
  readonly http: HttpClient
  /** Scheme and host of the registry, such as `https://contoso.azurecr.io`. */
  readonly origin: URL
  readonly repository: string
  readonly authorizer: Authorizer
  readonly patience: Patience
  /** Whether an open upload is cancelled by DELETE. Not on ECR: its API has no such call. */
  readonly cancelsUploads: boolean
  /** Looks whether the repository is there, past the registry: by an API of the cloud. It retries by itself. */
  readonly repositoryState?: () => Promise<RepositoryState>
}

/** A request without what the client adds by itself. */
export type RegistryRequest = Omit<HttpRequest, 'authorization' | 'signal'>

/** What an error needs to know of a request, without what the client knows by itself. */
export type AskedHere = Omit<Asked, 'registry' | 'repository'>

/**
 * How long giving up an upload may take: a registry answers at once, unless it or this machine is very busy. When the whole run has been ended the
 * process itself has little more time.
 */
const abandonMs = { calm: 10_000, ended: 500 } as const

/** Between two tries to give up an upload. */
const abandonPauseMs = 50

/** To ask again at once would change nothing: the upload is gone, the credential is not good for it, there is no such call, or it is too much. */
const finalStatuses: ReadonlySet<number> = new Set([401, 403, 404, 405, 429])

/** ECR says 403, not 401, when its password has run out. [K] assumption: this wording. */
const expired = /authorization token has expired/i

/** One repository on one registry: sends requests with its credential, renews that once, and retries by the errors' classes. */
export class RegistryClient {
  readonly #options: RegistryClientOptions
  readonly #credential: SharedCredential
  /** Aborts at the end of the whole run, not when one of its parts has failed. */
  readonly #run: AbortSignal
  /** Clients with an earlier end: one for all pieces of one work. */
  readonly #until = new WeakMap<AbortSignal, RegistryClient>()

  constructor(
    options: RegistryClientOptions,
    credential: SharedCredential = new SharedCredential(options.authorizer),
    run: AbortSignal = options.patience.signal,
  ) {
    this.#options = options
    this.#credential = credential
    this.#run = run
  }

  /** The registry's host, with its port where it has one. */
  get registry(): string {
    return this.#options.origin.host
  }

  /** The repository's name on the registry. */
  get repository(): string {
    return this.#options.repository
  }

  /** Scheme, host and port: the one place that the credential is sent to. */
  get origin(): string {
    return this.#options.origin.origin
  }

  /** The time that this client keeps. */
  get clock(): Clock {
    return this.#options.patience.clock
  }

  /** Aborts when nothing more may be sent. */
  get signal(): AbortSignal {
    return this.#options.patience.signal
  }

  /** The same client with an earlier end: it stops when `signal` aborts. */
  until(signal: AbortSignal): RegistryClient {
    const known = this.#until.get(signal)
    if (known !== undefined) return known
    const patience = { ...this.#options.patience, signal: AbortSignal.any([signal, this.signal]) }
    const client = new RegistryClient({ ...this.#options, patience }, this.#credential, this.#run)
    this.#until.set(signal, client)
    return client
  }

  /** A URL of this repository, such as `…/v2/team/app/manifests/latest`. */
  url(path: string): URL {
    return new URL(`/v2/${this.repository}/${path}`, this.#options.origin)
  }

  /** Runs `attempt` with patience. An abort surfaces as its own reason; what was retried already is not tried again. */
  async patiently<T>(attempt: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    try {
      return await retry(this.#options.patience, attempt)
    } catch (error) {
      this.signal.throwIfAborted()
      throw unsettled(error)
    }
  }

  /** Whether the repository is there, as far as anybody can say. Throws what the look-up throws. */
  async repositoryState(): Promise<RepositoryState> {
    return (await this.#options.repositoryState?.()) ?? 'unknown'
  }

  /** Sends one request; when the registry no longer takes the credential, renews it and sends the request once more. */
  async send(request: RegistryRequest): Promise<HttpResponse> {
    const { http } = this.#options
    return await this.#renewing((authorization) => http.send(this.#requestWith(request, authorization)))
  }

  /** Sends one request without the credential: to where a registry redirects. */
  async sendBare(request: RegistryRequest): Promise<HttpResponse> {
    return await this.#options.http.send(this.#requestWith(request))
  }

  /** As `send`, with what is found as a stream. */
  async download(request: RegistryRequest): Promise<HttpDownload | HttpResponse> {
    const { http } = this.#options
    return await this.#renewing((authorization) => http.download(this.#requestWith(request, authorization)))
  }

  /** As `sendBare`, with what is found as a stream. */
  async downloadBare(request: RegistryRequest): Promise<HttpDownload | HttpResponse> {
    return await this.#options.http.download(this.#requestWith(request))
  }

  /** Gives up an open upload, so that the registry need not keep its bytes. At best: it never fails and is soon over, also after an abort. */
  async abandon(upload: URL): Promise<void> {
    const authorization = this.#credential.latest
    if (!this.#options.cancelsUploads || authorization === undefined) return
    const limitMs = this.#run.aborted ? abandonMs.ended : abandonMs.calm
    const signal = AbortSignal.timeout(limitMs)
    const request = { method: 'DELETE', url: upload, authorization, signal } as const
    const { http, patience } = this.#options
    try {
      // A registry that still reads what was sent before the break does not let go of the upload yet.
      for (let left = limitMs / abandonPauseMs; left > 0; left -= 1) {
        const { status } = await http.send(request)
        if (status < 400 || finalStatuses.has(status)) return
        await patience.clock.sleep(abandonPauseMs, signal)
      }
    } catch {
      // Whatever came of it: the failure that led here is the one to report.
    }
  }

  /** The error of an answer that refuses. */
  refusal(response: HttpResponse, asked: AskedHere): StepError {
    const { registry, repository } = this
    return registryError(response, { ...asked, registry, repository }, this.#options.patience.clock.now())
  }

  async #renewing<T extends HttpDownload | HttpResponse>(
    send: (authorization: HttpRequest['authorization']) => Promise<T>,
  ): Promise<T> {
    const issued = await this.#credential.issue()
    const response = await send(issued.authorization)
    if (!isRefusal(response)) return response
    await this.#credential.renew(issued)
    return await send((await this.#credential.issue()).authorization)
  }

  #requestWith(request: RegistryRequest, authorization?: HttpRequest['authorization']): HttpRequest {
    return { ...request, ...(authorization === undefined ? {} : { authorization }), signal: this.signal }
  }
}

/** Whether the registry no longer takes the credential. */
function isRefusal(response: HttpDownload | HttpResponse): boolean {
  if (response.status === 401) return true
  return response.status === 403 && 'body' in response && expired.test(response.body.toString())
}
