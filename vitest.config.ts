import { configDefaults, defineConfig } from 'vitest/config'
import { countingReporter } from './test/reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They make clusters, or build the image twice, and take minutes: npm run test:cluster, npm run test:image.
    exclude: [
      ...configDefaults.exclude,
      // It needs a browser, Debian's chromium: npm run test:page.
      ...(process.env['TEKTON_ENTRA_PAGE'] === undefined ? ['test/page/**'] : []),
      ...(process.env['TEKTON_ENTRA_IMAGE'] === undefined
        ? ['test/image/image.test.ts', 'test/image/suite-image.test.ts']
        : []),
      'test/cluster/**',
    ],
    reporters: ['default', countingReporter()],
    globalSetup: ['test/build-steps.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
