import type { Param } from '../lib/step/define-step.ts'
import { ourSteps } from './lint/our-steps.ts'

/** Params that are paths: on a laptop a relative one will do. */
export const pathParams: readonly string[] = ['trust-policy', 'report-file']

/** The step's params as options, spelled as they are. The name of a ConfigMap means nothing on a laptop: `--profile` takes its place. */
export function trustParams(): readonly (readonly [name: string, param: Param])[] {
  return Object.entries(ourSteps.get('check-trust')?.params ?? {}).filter(([name]) => name !== 'identity')
}
