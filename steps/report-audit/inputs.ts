import type { Fault } from '../lib/core/errors.ts'
import { checkIdentity, type IdentityInputs } from '../lib/federation/identity-inputs.ts'
import type { Surroundings } from '../lib/step/define-step.ts'

type Inputs = IdentityInputs & { readonly from?: readonly string[] | undefined }

/** What is wrong with the inputs taken together. What is needed for a bucket is checked where its place is known. */
export function checkInputs(inputs: Inputs, { hasSink, profile }: Surroundings): readonly Fault[] {
  const from = inputs.from ?? ['cluster']
  const got = from.join(' ')
  return [
    ...(from.includes('cluster') || from.includes('folder')
      ? []
      : [{ param: 'from', got, expected: 'cluster or folder as well: a bucket has no list of what Tekton ran' }]),
    ...(from.includes('bucket') && !hasSink
      ? [
          {
            param: 'from',
            got,
            expected: `no bucket, or the key record-sink in the ConfigMap ${profile} of this namespace`,
          },
        ]
      : []),
    ...checkIdentity(inputs, { entra: false, aws: false, places: [] }),
  ]
}
