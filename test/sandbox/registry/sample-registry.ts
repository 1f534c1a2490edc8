import { afterEach, beforeEach } from 'vitest'
import type { World } from '../world.ts'
import { serveDistribution } from './distribution.ts'
import { STANDARD_FLAVOR } from './flavor.ts'
import { serveLoopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import type { Target } from './sample-image.ts'
import { createSampleWorld } from './sample-world.ts'

export const HOST = 'registry.example'

/** A registry that does all of the distribution spec, behind a server; made anew for each test. */
export const useRegistry = (repository: string) => {
  let world: World & AsyncDisposable
  let server: Loopback
  beforeEach(async () => {
    world = createSampleWorld()
    server = await serveLoopback((request, response) =>
      serveDistribution(world, STANDARD_FLAVOR, { request, response, host: HOST }),
    )
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })
  return { world: () => world, server: () => server, target: (): Target => ({ server, repository }) }
}
