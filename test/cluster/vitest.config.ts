import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { countingReporter } from '../reporter.ts'

/** Tests that make clusters of their own: minutes, and one file after the other. `npm run test:own-cluster`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/cluster/*.test.ts'],
    reporters: ['default', countingReporter()],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
})
