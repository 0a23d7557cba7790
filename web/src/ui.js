// The one place that knows which library renders.
import { h, render } from "preact";
import htm from "htm";

export const html = htm.bind(h);
export { render };
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
