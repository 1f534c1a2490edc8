import type { Fault } from '../lib/core/errors.ts'
import { checkCombinations, type CombinedInputs } from '../lib/delivery/combinations.ts'
import { resolveDestinations, type DestinationInputs } from '../lib/delivery/destinations.ts'
import { checkIdentity, type IdentityInputs } from '../lib/federation/identity-inputs.ts'

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: DestinationInputs & CombinedInputs & IdentityInputs): readonly Fault[] {
  const faults: Fault[] = []
  const destinations = resolveDestinations(inputs, faults)
  return [...faults, ...checkIdentity(inputs, destinations?.use), ...checkCombinations(inputs, destinations?.all)]
}
