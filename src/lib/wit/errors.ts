/** What can be wrong with WIT text; `detail` carries file, line and column (both counted from 1). */
export const errors = {
  WIT_SYNTAX: { blame: 'operator', text: 'Cannot read WIT: the text breaks off from the grammar' },
  WIT_UNSUPPORTED: { blame: 'operator', text: 'Cannot read WIT: it uses a feature that comes with WASI 0.3' },
  WIT_UNKNOWN_NAME: {
    blame: 'operator',
    text: 'Cannot resolve WIT: nothing has this name; check the spelling and the packages given',
  },
  WIT_DUPLICATE: {
    blame: 'operator',
    text: 'Cannot resolve WIT: a name is defined twice; rename one of the two',
  },
} as const;
