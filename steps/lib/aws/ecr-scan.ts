import {
  DescribeImageScanFindingsCommand,
  StartImageScanCommand,
  type DescribeImageScanFindingsCommandOutput,
  type ECRClient,
} from '@aws-sdk/client-ecr'
import { stepError, type StepError } from '../core/errors.ts'
import { callEcr, ecrService, imageOf, type AwaitedImage, type EcrRequest, type EcrRequests } from './ecr-api.ts'
import { summarize, type ScanFindings } from './ecr-findings.ts'
import { poll } from './poll.ts'
import { answerLacks, awsAnswerOf, awsUpstream, type AwsAnswer } from './sdk-error.ts'

/** What is said of a scan that ECR does not know. */
const notFound = 'NOT_FOUND'

/** Statuses that end by themselves (ECR API, ImageScanStatus). ACTIVE is the end of a scan that is then repeated for good. */
const passing: ReadonlySet<string> = new Set([notFound, 'PENDING', 'IN_PROGRESS', 'ACTIVE'])

/** What has been seen so far; a poll is told only of the end. */
type Watch = AwaitedImage & {
  readonly requests: EcrRequests
  status: string
  /** Looks that found no scan, after which one is begun: a push may need a moment to begin it itself. */
  missed: number
  /** Why no scan could be begun; shown when none comes. */
  refusal: AwsAnswer | undefined
}

/**
 * Waits until ECR has scanned one image of one platform, and gives what it found; an index is UNSUPPORTED_IMAGE to basic scanning,
 * so ask for its images. An image that is scanned by nobody is scanned once by StartImageScan, which only basic scanning has.
 * Fails closed: any end but COMPLETE, or ACTIVE with findings, throws ECR_SCAN_NOT_POSSIBLE; none before the patience's deadline
 * ECR_SCAN_UNFINISHED. Also throws ECR_*, AWS_*, NETWORK_*. Source: ECR API, DescribeImageScanFindings.
 */
export async function awaitScan(requests: EcrRequests, image: AwaitedImage): Promise<ScanFindings> {
  const watch: Watch = { ...image, requests, status: notFound, missed: 0, refusal: undefined }
  return await poll(
    image.patience,
    async () => await look(watch),
    () => unfinished(watch),
  )
}

async function look(watch: Watch): Promise<ScanFindings | undefined> {
  const page = await describePage(watch)
  watch.status = page === undefined ? notFound : (page.imageScanStatus?.status ?? 'UNKNOWN')
  if (page === undefined) {
    watch.missed += 1
    if (watch.missed === 2) await startScan(watch)
    return undefined
  }
  if (isFinished(page)) return await readFindings(watch, page)
  if (watch.status === 'COMPLETE') throw answerLacks('its findings', ecrService(await requestOf(watch)))
  if (!passing.has(watch.status)) throw notPossible(watch, page.imageScanStatus?.description ?? '')
  return undefined
}

/** [K] that ACTIVE has neither time nor findings before the first scan is over. */
function isFinished({ imageScanStatus, imageScanFindings }: DescribeImageScanFindingsCommandOutput): boolean {
  if (imageScanFindings === undefined) return false
  const { status } = imageScanStatus ?? {}
  if (status === 'COMPLETE') return true
  const { imageScanCompletedAt, enhancedFindings = [], findings = [] } = imageScanFindings
  return status === 'ACTIVE' && (imageScanCompletedAt !== undefined || enhancedFindings.length + findings.length > 0)
}

const describing = {
  action: 'ecr:DescribeImageScanFindings',
  purpose: 'wait for the scan',
  actions: 'ecr:DescribeImageScanFindings',
}

/** One page, the longest that there is; undefined when the image was never scanned. */
async function describePage(
  watch: Watch,
  nextToken?: string,
): Promise<DescribeImageScanFindingsCommandOutput | undefined> {
  const request = await requestOf(watch)
  return await callEcr(request, describing, async (client) => {
    const input = {
      ...imageOf(request, watch.digest),
      maxResults: 1000,
      ...(nextToken === undefined ? {} : { nextToken }),
    }
    try {
      return await client.send(new DescribeImageScanFindingsCommand(input), { abortSignal: request.patience.signal })
    } catch (error) {
      if (awsAnswerOf(error)?.code === 'ScanNotFound') return undefined
      throw error
    }
  })
}

/** Findings of an image that would be beyond all reason; who sends more of them sends pages without end. */
const mostPages = 50

async function readFindings(watch: Watch, first: DescribeImageScanFindingsCommandOutput): Promise<ScanFindings> {
  const pages = [first]
  for (let token = first.nextToken; token !== undefined; token = pages.at(-1)?.nextToken) {
    const page = pages.length < mostPages ? await describePage(watch, token) : undefined
    if (page === undefined) throw answerLacks('the end of its findings', ecrService(await requestOf(watch)))
    pages.push(page)
  }
  return summarize(pages.flatMap(({ imageScanFindings }) => imageScanFindings ?? []))
}

/** Codes with which StartImageScan says that there is or will be a scan: made already today, or made by Amazon Inspector alone. */
const startedElsewhere: ReadonlySet<string> = new Set(['LimitExceeded', 'Validation'])
const unscannable: Readonly<Record<string, string>> = {
  UnsupportedImageType: 'UNSUPPORTED_IMAGE',
  ImageArchived: 'IMAGE_ARCHIVED',
}

async function startScan(watch: Watch): Promise<void> {
  const action = 'ecr:StartImageScan'
  const request = await requestOf(watch)
  const command = new StartImageScanCommand(imageOf(request, watch.digest))
  await callEcr(request, { action, purpose: 'begin the scan', actions: action }, async (client) => {
    await startOnce(client, command, watch)
  })
}

async function startOnce(client: ECRClient, command: StartImageScanCommand, watch: Watch): Promise<void> {
  try {
    await client.send(command, { abortSignal: watch.patience.signal })
  } catch (error) {
    const answer = awsAnswerOf(error)
    const status = unscannable[answer?.code ?? '']
    if (status !== undefined) throw notPossible({ ...watch, status }, answer?.message ?? '')
    if (answer === undefined || !startedElsewhere.has(answer.code)) throw error
    watch.refusal = answer
  }
}

async function requestOf({ requests, patience }: Watch): Promise<EcrRequest> {
  return { ...(await requests()), patience }
}

function notPossible({ digest, status }: Watch, description: string): StepError {
  const upstream = { service: 'ECR', code: status, ...(description === '' ? {} : { message: description }) }
  return stepError('ECR_SCAN_NOT_POSSIBLE', { digest, status }, { upstream })
}

function unfinished({ digest, status, refusal }: Watch): StepError {
  const upstream = refusal === undefined ? undefined : awsUpstream('ECR', refusal)
  return stepError('ECR_SCAN_UNFINISHED', { digest, status }, { upstream })
}
