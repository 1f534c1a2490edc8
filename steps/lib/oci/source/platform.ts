import type { Json } from '../json.ts'

/** An operating system and a processor, as `os/arch[/variant]` (image-spec image-index.md, `platform`). */
export type Platform = { readonly os: string; readonly architecture: string; readonly variant: string }

/** Variants that go without saying, as containerd has them. */
const usualVariants: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' }

/** How the kernel calls what Go calls otherwise. */
const otherNames: Readonly<Record<string, string>> = { x86_64: 'amd64', 'x86-64': 'amd64', aarch64: 'arm64' }

/** Reads the platform in an index's entry, or an image's config; throws JsonFault. */
export function readPlatform(json: Json): Platform {
  const text = (name: string) => json.optional(name)?.string() ?? ''
  return { os: text('os'), architecture: text('architecture'), variant: text('variant') }
}

/** `os/arch` or `os/arch/variant`. */
export function showPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === '' ? [] : [variant])].join('/')
}

/** Whether a platform is the one that was asked for. Who asks without variant takes all of them; a variant that goes without saying may be left out. */
export function isPlatform(platform: Platform, asked: string): boolean {
  const [os = '', name = '', variant, ...more] = asked.toLowerCase().split('/')
  const architecture = otherNames[name] ?? name
  if (more.length > 0 || platform.os !== os || platform.architecture !== architecture) return false
  return variant === undefined || variant === (platform.variant || usualVariants[architecture])
}
