import { createHash } from 'node:crypto'
import type { Entry } from './archive.ts'
import type { Unpacked } from './packages.ts'

export const PACKAGE = 'bangtin-edge'
export const CONFFILES = ['/etc/bangtin/upgrade.conf'] as const

/** Debian's word for the kind of machine. */
export const DEBIAN_ARCH = { x64: 'amd64', arm64: 'arm64' } as const
export type Arch = (typeof DEBIAN_ARCH)[keyof typeof DEBIAN_ARCH]

/** Debian 12 and newer has all of them, Raspberry Pi OS too. libc and libstdc++: Node and the compiled packages. */
const DEPENDS = [
  'libc6 (>= 2.34)',
  'libstdc++6 (>= 12)',
  'systemd (>= 252)',
  'udev',
  'adduser',
  'mpv',
  'fonts-noto-core',
  'fonts-noto-cjk',
]

export const controlFile = (of: { readonly version: string; readonly arch: Arch; readonly bytes: number }): string =>
  [
    `Package: ${PACKAGE}`,
    `Version: ${of.version}`,
    `Architecture: ${of.arch}`,
    'Maintainer: bangtin <bangtin@localhost>',
    `Installed-Size: ${Math.ceil(of.bytes / 1024)}`,
    `Depends: ${DEPENDS.join(', ')}`,
    'Recommends: chrony | time-daemon, xserver-xorg, xinit',
    'Section: misc',
    'Priority: optional',
    'Description: edge daemon of a public electronic information cluster',
    ' Runs one LED display of a province (cụm thông tin điện tử công cộng): schedule,',
    ' emergency orders, display controller, evidence of what was shown. Works without',
    ' a network. An upgrade that does not become healthy is taken back by itself.',
    ' .',
    ' Node.js and every package it needs are inside.',
    '',
  ].join('\n')

export const md5sums = (entries: readonly Entry[]): string =>
  entries
    .flatMap((entry) =>
      entry.is === 'file' ? [`${createHash('md5').update(entry.bytes()).digest('hex')}  ${entry.path}\n`] : [],
    )
    .join('')

/** Who made what is inside and under which terms. The texts of the licences lie beside each package, as they came. */
export const copyrightFile = (packages: readonly Unpacked[]): string =>
  [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: bangtin',
    'Comment:',
    ' The packages below come from the npm registry, unchanged but for files that nothing',
    ' reads at run time. The text of each licence is in its folder below',
    ' /opt/bangtin/package/node_modules (LICENSE, LICENCE, COPYING or NOTICE).',
    '',
    'Files: *',
    'Copyright: the owner of bangtin',
    'License: bangtin',
    '',
    ...packages.flatMap((one) => [
      `Files: opt/bangtin/package/${one.place}/*`,
      `Copyright: the authors of ${one.place.replace(/^.*node_modules\//, '')} ${one.version}, as its licence file names them`,
      `License: ${one.licence.replaceAll(/[()]/g, '')}`,
      '',
    ]),
    'License: bangtin',
    ' Not for distribution. All rights are with its owner.',
    '',
  ].join('\n')
