import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  VFS_KIND: {
    blame: 'caller',
    text: 'Cannot use path: it is a file where a directory is needed, or the reverse',
  },
  VFS_MOUNT: {
    blame: 'operator',
    text: 'Cannot mount folder: it is missing, no directory, or overlaps another mount; see detail',
  },
  VFS_NOT_FOUND: { blame: 'caller', text: 'Cannot find path: nothing is there' },
  VFS_PATH: {
    blame: 'caller',
    text: 'Cannot use path: it must be absolute, without empty, "." or ".." elements, NUL or backslashes',
  },
  VFS_RANGE: {
    blame: 'host',
    text: 'Cannot open range: start and end must be whole numbers, start not after end',
  },
  VFS_READ: {
    blame: 'operator',
    text: 'Cannot read path: the operating system refuses; check permissions and disk, see cause',
  },
  VFS_TOO_LARGE: { blame: 'host', text: 'Cannot read file at once: it is too large; open it as a stream' },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
