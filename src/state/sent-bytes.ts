/** Counts the bytes that this page sends in bodies of requests. It should read 0 for ever; it is counted, not claimed. */
import { create } from 'zustand';

export const useSentBytes = create<{ readonly nbytes: number }>(() => ({ nbytes: 0 }));

/** Watches every way in which a page can send a body. Call once, before anything else runs. */
export function watchSentBytes(scope: Window & typeof globalThis): void {
  const { fetch: plainFetch } = scope;
  scope.fetch = (input, init) => {
    count(init?.body);
    if (input instanceof Request && input.body) void input.clone().arrayBuffer().then(count);
    return plainFetch.call(scope, input, init);
  };
  const plainBeacon = scope.navigator.sendBeacon;
  scope.navigator.sendBeacon = function sendBeacon(url, data) {
    count(data);
    return plainBeacon.call(this, url, data);
  };
  const plainSend = scope.XMLHttpRequest.prototype.send;
  scope.XMLHttpRequest.prototype.send = function send(body) {
    count(body);
    plainSend.call(this, body);
  };
  const plainSocketSend = scope.WebSocket.prototype.send;
  scope.WebSocket.prototype.send = function send(data) {
    count(data);
    plainSocketSend.call(this, data);
  };
}

function count(body: unknown): void {
  const nbytes = bodyNbytes(body);
  if (nbytes > 0) useSentBytes.setState((state) => ({ nbytes: state.nbytes + nbytes }));
}

function bodyNbytes(body: unknown): number {
  if (body === undefined || body === null) return 0;
  if (body instanceof Blob) return body.size;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength;
  return new TextEncoder().encode(String(body)).byteLength;
}
