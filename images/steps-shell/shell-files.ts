import { mkdir, open, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keepLicensesOnly } from '../steps/base-files.ts'
import { unpackDebianPackage, type DebianPackage } from '../steps/debian-files.ts'

/** What a script's programs need: these, and the libraries that they load and the base has not. Perl, which parts of git are written in, is not among them. */
export const shellPackages: readonly string[] = [
  'bash',
  'coreutils',
  'findutils',
  'git',
  'grep',
  'gzip',
  // zx looks up with `ps` what a command has started, to end that, too.
  'procps',
  'sed',
  'tar',
  'libacl1',
  'libattr1',
  'libbrotli1',
  'libcap2',
  'libcom-err2',
  'libcurl3-gnutls',
  'libexpat1',
  'libffi8',
  'libgcrypt20',
  'libgmp10',
  'libgnutls30',
  'libgpg-error0',
  'libgssapi-krb5-2',
  'libhogweed6',
  'libidn2-0',
  'libk5crypto3',
  'libkeyutils1',
  'libkrb5-3',
  'libkrb5support0',
  'libldap-2.5-0',
  'liblz4-1',
  'liblzma5',
  'libncursesw6',
  'libnettle8',
  'libnghttp2-14',
  'libp11-kit0',
  'libpcre2-8-0',
  'libproc2-0',
  'libpsl5',
  'librtmp1',
  'libsasl2-2',
  'libselinux1',
  'libssh2-1',
  'libssl3',
  'libsystemd0',
  'libtasn1-6',
  'libtinfo6',
  'libunistring2',
  'libzstd1',
  'zlib1g',
]

/** What nobody opens who has no terminal, no service manager and no Perl. Licences (`copyright`) stay. */
const unused: readonly string[] = [
  'etc',
  'lib/systemd',
  'usr/lib/mime',
  'usr/lib/systemd',
  'usr/lib/sysctl.d',
  'usr/sbin',
  'usr/share/bash-completion',
  'usr/share/bug',
  'usr/share/debianutils',
  'usr/share/doc-base',
  'usr/share/gitweb',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/menu',
  'usr/share/perl5',
  'var',
]

/** Puts what the image with a shell has more than the plain one into `folder`: the packages' files, `/bin/sh`, and what scanners read. */
export async function writeShellFiles(packages: readonly DebianPackage[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const entry of packages) await unpackDebianPackage(entry, folder)
  for (const path of unused) await rm(join(folder, path), { recursive: true, force: true })
  await keepLicensesOnly(join(folder, 'usr/share/doc'))
  for (const place of ['bin', 'usr/bin', 'usr/lib/git-core']) await removePerl(join(folder, place))
  await symlink('bash', join(folder, 'bin/sh'))
  // Where Trivy, Grype and Syft look for the packages of an image without dpkg.
  await mkdir(join(folder, 'var/lib/dpkg/status.d'), { recursive: true })
  for (const { name, control } of packages) await writeFile(join(folder, `var/lib/dpkg/status.d/${name}`), control)
}

/** A program that says at each start that there is no Perl is worse than none. */
async function removePerl(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isFile() && (await firstLine(path)).startsWith('#!/usr/bin/perl')) await rm(path)
  }
}

async function firstLine(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
  return buffer.toString('latin1', 0, bytesRead)
}
