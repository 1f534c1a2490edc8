import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { recordIn } from '../ended.ts'
import { podOfTask } from '../pod-of-task.ts'
import { runPod } from '../pod-runs.ts'
import { putSource } from '../source.ts'
import { journalOf, skipWithoutStage, stage, tagsOf, withFaults } from '../stage.ts'

beforeEach(skipWithoutStage)

/** The shortest life that Kubernetes gives a token. The kubelet replaces it when four fifths of that are over. */
const LIFE_SECONDS = 600
/** Each blob is slowed down by this much, well within what the engine waits for an answer; one after the other. */
const BLOB_SECONDS = 15
/** So many that the first token has ended when the last of them are sent. */
const LAYERS = Math.ceil((LIFE_SECONDS + 30) / BLOB_SECONDS) + 1
const SECONDS = LAYERS * BLOB_SECONDS + 240

test(
  'a push that outlives its token goes on with the one that the kubelet has put in its place',
  async () => {
    const repository = 'rotation/pod'
    const layers = Array.from({ length: LAYERS }, (_, index) => ({ [`layer-${index}`]: `${index}` }))
    const source = await putSource('rotation', { layers })
    const uploads = { standIn: 'acr', method: 'PUT', path: `/v2/${repository}/blobs/uploads/` } as const
    const pod = podOfTask({
      name: 'rotation',
      source,
      image: stage().images.steps,
      expirationSeconds: LIFE_SECONDS,
      params: { image: `${example.acrHost}/${repository}:1`, path: source.path, concurrency: '1' },
    })
    // One refusal when the first token is worth nothing any more: then all credentials are made anew, from the token file.
    const refusal = { ...uploads, from: LAYERS, times: 1, fault: { kind: 'status', status: 401 } } as const
    const slow = { ...uploads, fault: { kind: 'delay', ms: BLOB_SECONDS * 1000 } } as const
    const { exitCode, log } = await withFaults([refusal, slow], async () => await runPod(pod, { seconds: SECONDS }))
    expect(exitCode, log).toBe(0)
    expect(await tagsOf(example.acrHost, repository)).toEqual({ 1: source.digest })
    const tokens = recordIn(log).data.tokens.filter(({ kind }) => kind === 'projected')
    const [first, second] = tokens
    expect(tokens).toHaveLength(2)
    expect(first?.sha256).not.toBe(second?.sha256)
    // The first one had ended when the second one was needed: without reading the file anew the push had failed.
    const refused = (await journalOf(`/v2/${repository}/`)).find(({ refused: why }) => why === 'fault: status')
    expect(Date.parse(refused?.at ?? '')).toBeGreaterThan(Date.parse(first?.expiresAt ?? ''))
  },
  SECONDS * 1000 + 60_000,
)
