// Talks with the program on this machine: questions by HTTP, live worlds by one socket.
import { signal } from "./ui.js";

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `The program answered with ${status}.`);
    this.status = status;
    this.error = error ?? {};
  }
}

// "here", "lost" (looked for again every second), "closed" (the program has refused us) or "full" (too many pages).
export const connected = signal("here");

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    connected.value = "lost";
    throw new Refused(0, { message: "The program does not answer. Is it still running?" });
  }
  connected.value = "here";
  const text = await response.text();
  let data;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = null;
  }
  if (!response.ok) throw new Refused(response.status, data?.error);
  return data;
}

export const api = {
  get: (path) => ask("GET", path),
  post: (path, body = {}) => ask("POST", path, body),
};

// A socket does not tell why it could not be opened: a program that was started anew does not know this page.
async function refusal() {
  try {
    return (await fetch("/api/app", { method: "HEAD" })).status === 403 ? "closed" : "lost";
  } catch {
    return "lost";
  }
}

// Opens the socket of the live worlds; calls `onMessage(message)` and, after each (re)connection, `onOpen()`.
// What is sent while nothing is connected is dropped: onOpen asks again for what is needed.
export function live(onMessage, onOpen) {
  let socket;
  let ended = false;
  let timer;
  const open = () => {
    socket = new WebSocket(`ws://${location.host}/api/live`);
    socket.onopen = () => {
      connected.value = "here";
      onOpen?.();
    };
    socket.onmessage = (event) => onMessage(JSON.parse(event.data));
    socket.onclose = async (event) => {
      if (ended) return;
      timer = setTimeout(open, 1000);
      const now = event.code === 1008 ? "closed" : event.code === 1013 ? "full" : await refusal();
      if (!ended && socket.readyState !== WebSocket.OPEN) connected.value = now;
    };
  };
  open();
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close() {
      ended = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}
