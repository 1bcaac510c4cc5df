import { type CodedError, type ErrorDetail, failures } from '../../lib/errors.ts';

export const errors = {
  HTTP_ANSWER: {
    blame: 'guest',
    text: 'Cannot send answer: the module answered what HTTP does not allow; correct what detail.fault names',
  },
  HTTP_AUTH_UNSUPPORTED: {
    blame: 'guest',
    text: 'Cannot attach application: it asks for authentication, which this version cannot give; remove what detail.faults names',
  },
  HTTP_ENDPOINTS: {
    blame: 'guest',
    text: 'Cannot attach application: its share/endpoints.json has faults; correct every one that detail.faults names',
  },
  HTTP_FAILED: {
    blame: 'host',
    text: 'Cannot answer request: the gateway itself failed; see cause and report it',
  },
  HTTP_LISTEN: {
    blame: 'operator',
    text: 'Cannot listen: the operating system refuses the address; choose another address or port, see cause',
  },
  HTTP_PORT_IN_USE: {
    blame: 'operator',
    text: 'Cannot listen: another process uses the port; stop that process or choose another port',
  },
  HTTP_REDIRECT_UNSUPPORTED: {
    blame: 'guest',
    text: 'Cannot follow internal-redirect: this version does not fetch for modules; answer http instead',
  },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
