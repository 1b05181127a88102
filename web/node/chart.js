// The speed strip: five minutes of what all torrents together took and gave.
import { size } from "./format.js";

export function drawSpeeds(canvas, down, up, shown = 300) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
  const to = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const most = Math.max(1000, ...down, ...up);
  const line = (values, colour) => {
    to.beginPath();
    values.forEach((value, i) => {
      const x = ((i + shown - values.length) / (shown - 1)) * canvas.width;
      const y = canvas.height - 2 * scale - (value / most) * (canvas.height - 6 * scale);
      i === 0 ? to.moveTo(x, y) : to.lineTo(x, y);
    });
    to.strokeStyle = colour;
    to.lineWidth = 1.5 * scale;
    to.stroke();
  };
  line(up, style.getPropertyValue("--seed").trim());
  line(down, style.getPropertyValue("--leech").trim());
  to.fillStyle = style.getPropertyValue("--muted").trim();
  to.font = `${11 * scale}px ${style.getPropertyValue("--sans")}`;
  to.fillText(`${size(most)}/s`, 4 * scale, 12 * scale);
}
