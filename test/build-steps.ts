import { bundleSteps } from '../images/steps/bundle.ts'
import { root } from './contract/repository.ts'

/** Builds the step programs once, as the image carries them, before any test runs them. */
export async function setup(): Promise<void> {
  await bundleSteps(`${root}/build/steps`)
}
