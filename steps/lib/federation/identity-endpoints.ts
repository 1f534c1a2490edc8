import { awsEndpointsOf, type AwsEndpoints, type AwsEndpointsName } from '../aws/partitions.ts'
import type { Fault } from '../core/errors.ts'

type EndpointInputs = { readonly 'aws-endpoints'?: AwsEndpointsName | undefined }

/** The endpoints of AWS that are asked: those that were chosen, else the kind that the place is of. */
export function endpointsFor(inputs: EndpointInputs, place: AwsEndpoints | undefined): AwsEndpoints | undefined {
  const name = inputs['aws-endpoints']
  return name === undefined ? place : awsEndpointsOf(name)
}

/** A registry of FIPS is never reached by plain endpoints, nor a plain one by those who ask for FIPS. Dual-stack is free to choose. */
export function endpointFaults(
  inputs: EndpointInputs,
  places: readonly { readonly host: string; readonly endpoints: AwsEndpoints }[],
): Fault[] {
  const name = inputs['aws-endpoints']
  if (name === undefined) return []
  const { fips } = awsEndpointsOf(name)
  const expected = (host: string) =>
    fips
      ? `a FIPS host (<account>.dkr.ecr-fips.<region>.…) in the place of ${host}, or other endpoints`
      : `fips or fips-dual-stack, as ${host} is a FIPS host`
  return places
    .filter(({ endpoints }) => endpoints.fips !== fips)
    .map(({ host }) => ({ param: 'aws-endpoints', got: name, expected: expected(host) }))
}
