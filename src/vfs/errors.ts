import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  VFS_BUSY: {
    blame: 'caller',
    text: 'Cannot move or remove directory: the application must have it; name something inside it',
  },
  VFS_DISK_FULL: {
    blame: 'operator',
    text: 'Cannot write path: the disk is full; make room on it',
  },
  VFS_EXISTS: { blame: 'caller', text: 'Cannot create path: something is there; choose another name' },
  VFS_INTO_ITSELF: {
    blame: 'caller',
    text: 'Cannot move directory: the new place lies inside it; choose one outside',
  },
  VFS_KIND: {
    blame: 'caller',
    text: 'Cannot use path: it is a file where a directory is needed, or the reverse',
  },
  VFS_LINKED: {
    blame: 'operator',
    text: 'Cannot write file: it has a second name on the disk, which would change with it; replace it by a copy',
  },
  VFS_MOUNT: {
    blame: 'operator',
    text: 'Cannot mount folder: it is missing, no directory, or overlaps another mount; see detail',
  },
  VFS_NO_SPACE: {
    blame: 'guest',
    text: 'Cannot write path: the application has as many bytes or files as it may; delete some, or raise limits.fileBytes or limits.files',
  },
  VFS_NOT_EMPTY: {
    blame: 'caller',
    text: 'Cannot remove directory: it holds something; remove that first',
  },
  VFS_NOT_FOUND: { blame: 'caller', text: 'Cannot find path: nothing is there' },
  VFS_OPEN_FILES: {
    blame: 'guest',
    text: 'Cannot open file: too many are open at the same time; close some',
  },
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
  VFS_READ_ONLY: {
    blame: 'caller',
    text: 'Cannot change path: it belongs to the application as it was installed; write below /tmp, /etc or /var',
  },
  VFS_TOO_LARGE: { blame: 'host', text: 'Cannot read file at once: it is too large; open it as a stream' },
  VFS_WRITE: {
    blame: 'operator',
    text: 'Cannot change path: the operating system refuses; check permissions and disk, see cause',
  },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
