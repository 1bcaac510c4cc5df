// Stands in for packages of helia and libp2p that Hermes never calls (see "overrides" in package.json): WebRTC, HTTP
// gateways, relays and others would bring native code and four times the size. Their importers need the names.
function absent() {
  throw new Error('This part of libp2p is left out of Hermes: see "overrides" in package.json');
}

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
