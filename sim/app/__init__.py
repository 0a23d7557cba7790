"""The pages of `displace app`: a program of this machine that a browser on it talks to."""
