// How wide and high a box is, so that type in a drawing keeps its size.
import { useLayoutEffect, useRef, useState } from "../ui.js";

export function useSize(least = [200, 120]) {
  const box = useRef();
  const [size, setSize] = useState(null);
  useLayoutEffect(() => {
    const measure = () => {
      if (!box.current) return;
      const { width, height } = box.current.getBoundingClientRect();
      const next = [Math.max(least[0], Math.floor(width)), Math.max(least[1], Math.floor(height))];
      setSize((old) => (old && old[0] === next[0] && old[1] === next[1] ? old : next));
    };
    measure();
    const watcher = new ResizeObserver(measure);
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return [box, size];
}
