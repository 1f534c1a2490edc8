import { expect, test } from 'vitest'
import { imagesOf, withNames } from '../../cluster/fetch-release.ts'

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
const manifest = `
        image: ghcr.io/tekton/controller-10a3:v1.15.0@sha256:${a}
        args: ["-shell-image", "cgr.dev/chainguard/busybox@sha256:${b}", "-again", "cgr.dev/chainguard/busybox@sha256:${b}",
          "-shell-image-win", "mcr.microsoft.com/powershell:nanoserver@sha256:${b}"]
        image: localhost:5000/own/nop:1@sha256:${b}
`

test('finds each image of a manifest once, and none of Windows', () => {
  expect(imagesOf(manifest).map(({ source, name }) => [source, name])).toEqual([
    [`ghcr.io/tekton/controller-10a3@sha256:${a}`, 'ghcr.io/tekton/controller-10a3:v1.15.0'],
    [`cgr.dev/chainguard/busybox@sha256:${b}`, 'cgr.dev/chainguard/busybox:sha256-bbbbbbbbbbbb'],
    [`localhost:5000/own/nop@sha256:${b}`, 'localhost:5000/own/nop:1'],
  ])
})

test('names the images in the manifest as the archives name them', () => {
  const text = withNames(manifest, imagesOf(manifest))
  expect(text).toContain('image: ghcr.io/tekton/controller-10a3:v1.15.0\n')
  expect(text).toContain('"-again", "cgr.dev/chainguard/busybox:sha256-bbbbbbbbbbbb"')
  expect(text).toContain('image: localhost:5000/own/nop:1\n')
  expect(text.match(/@sha256:/g)).toHaveLength(1)
})
