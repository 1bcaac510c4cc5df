declare const absent: never;

export type AutoTLS = never;
export type CircuitRelayService = never;
export type HTTP = never;
export type HTTPOptions = never;

export {
  absent as autoNAT,
  absent as autoTLS,
  absent as circuitRelayServer,
  absent as circuitRelayTransport,
  absent as dcutr,
  absent as delegatedHTTPRoutingDefaults,
  absent as delegatedRoutingV1HttpApiClientContentRouting,
  absent as delegatedRoutingV1HttpApiClientPeerRouting,
  absent as http,
  absent as mplex,
  absent as tls,
  absent as uPnPNAT,
  absent as webRTC,
  absent as webRTCDirect,
  absent as webSockets,
  absent as withHTTP,
};
