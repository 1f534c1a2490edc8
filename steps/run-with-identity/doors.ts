import { stepError } from '../lib/core/errors.ts'
import type { Secret } from '../lib/core/secret.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import { appServiceEndpoint, awsEndpoint, imdsEndpoint, paths, type EndpointNeeds } from './endpoints.ts'
import { addressOf, type Handler } from './front.ts'
import { brokeredClouds } from './inputs.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>
type Handlers = Readonly<Record<string, Handler>>

/** The endpoints of the clouds that are handed out; those of others are not there. */
export function openHandlers(
  inputs: Inputs,
  { authorization, needs }: { readonly authorization: Secret; readonly needs: EndpointNeeds },
): Handlers {
  const { azure, aws } = brokeredClouds(inputs)
  const offer = { resources: inputs['azure-resources'], clientId: inputs['client-id'] ?? '' }
  return {
    ...(aws ? { [paths.aws]: awsEndpoint(authorization, needs) } : {}),
    ...(azure
      ? { [paths.appService]: appServiceEndpoint(offer, needs), [paths.imds]: imdsEndpoint(offer, needs) }
      : {}),
  }
}

/** The endpoints of a dry run. */
export function dryHandlers(): Handlers {
  const refuse: Handler = async () => {
    throw stepError('BROKER_DRY_RUN', {})
  }
  return Object.fromEntries(Object.values(paths).map((path) => [path, refuse]))
}

/** What the first step has for results, and the command in its environment: empty is what is not handed out. */
export function environmentOf(inputs: Inputs): Readonly<Record<string, string>> {
  const { azure, aws } = brokeredClouds(inputs)
  const address = addressOf(inputs.port)
  return {
    'aws-credentials-uri': aws ? `${address}${paths.aws}` : '',
    'aws-region': aws ? (inputs['aws-region'] ?? '') : '',
    'azure-endpoint': azure ? `${address}${paths.appService}` : '',
    'azure-authority-host': azure ? address : '',
    'azure-token-endpoint': azure ? `${address}${paths.imds}` : '',
  }
}
