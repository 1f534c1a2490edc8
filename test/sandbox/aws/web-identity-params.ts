import { readTags, tagPairs, tagViolations } from './sts-role-params.ts'
import { AwsFault } from './aws-fault.ts'
import { listViolations, members, numberViolations, refuseViolations, textViolations } from './sts-validation.ts'
import type { Form, Rule } from './sts-validation.ts'

/** The two algorithms that STS signs its own tokens with. */
export type TokenSigning = 'RS256' | 'ES384'

/** Parameters of GetWebIdentityToken after validation. */
export type WebIdentityParams = {
  readonly audiences: readonly string[]
  readonly algorithm: TokenSigning
  readonly durationSeconds: number
  readonly tags: ReadonlyMap<string, string>
}

/** Limits of the API reference (protocols.md §5.5). */
const ALGORITHM: Rule = { name: 'SigningAlgorithm', required: true, min: 5, max: 5 }
const DURATION = { name: 'DurationSeconds', min: 60, max: 3600 }
const DEFAULT_DURATION = 300
/** [K] assumption: at most ten audiences of at most 1000 characters. */
const AUDIENCES = { name: 'Audience', min: 1, max: 10 }
const LONGEST_AUDIENCE = 1000
const SUBJECT_MODES = ['AWSIdentity', 'OriginIdentity']

// [K] assumption: an enumeration's violation in the wording of the other constraints.
const oneOf = (name: string, value: string | undefined, allowed: readonly string[]): readonly string[] =>
  value === undefined || allowed.includes(value)
    ? []
    : [
        `Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
      ]

/**
 * The subject of another identity needs a session with a trusted identity propagation context, which no session here has, and a
 * scope needs that subject (API reference). [K] assumption: the texts.
 */
const refuseOriginIdentity = (form: Form): void => {
  if (form.get('SubjectMode') === 'OriginIdentity')
    throw new AwsFault('ValidationError', 'The calling session has no trusted identity propagation context.')
  if (form.has('Scope')) throw new AwsFault('ValidationError', 'Scope requires the SubjectMode OriginIdentity.')
}

/** Validates the parameters of GetWebIdentityToken. */
export const readWebIdentityParams = (form: Form): WebIdentityParams => {
  const audiences = members(form, AUDIENCES.name)
  const algorithm = form.get(ALGORITHM.name)
  const pairs = tagPairs(form)
  refuseViolations([
    ...listViolations(AUDIENCES, audiences),
    ...audiences.flatMap((audience, index) =>
      textViolations({ name: `audience.${index + 1}.member`, min: 1, max: LONGEST_AUDIENCE }, audience),
    ),
    ...(algorithm === undefined ? textViolations(ALGORITHM, algorithm) : []),
    ...oneOf('signingAlgorithm', algorithm, ['RS256', 'ES384']),
    ...oneOf('subjectMode', form.get('SubjectMode'), SUBJECT_MODES),
    ...numberViolations(DURATION, form.get(DURATION.name)),
    ...tagViolations(pairs),
  ])
  refuseOriginIdentity(form)
  return {
    audiences,
    algorithm: algorithm === 'ES384' ? 'ES384' : 'RS256',
    durationSeconds: Number(form.get(DURATION.name) ?? DEFAULT_DURATION),
    tags: readTags(pairs),
  }
}
