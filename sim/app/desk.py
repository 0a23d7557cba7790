"""The routes of studies, jobs and stored results."""

import asyncio
import importlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sim.app.crew import Crew
from sim.app.jobs import DOWNLOADS, OVER, Job, Jobs, command, folder_of, place, stored
from sim.app.session import MOST_REPLICATES
from sim.app.sockets import timeline, whole, word
from sim.app.wire import Refused, answered, as_json, body_of, text_of
from sim.app.work import REPORT
from sim.record import NoResults, StoredDataDamaged

PATIENCE = 120.0  # seconds that the report of a stored result is waited for
KEPT = 8  # results whose panels are kept
NOT_YET = "The report is written when the study has finished."
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


class Studies:
    """What is asked of studies, jobs and stored results."""

    def __init__(self, desk: Crew, jobs: Jobs, ready: threading.Event) -> None:
        self.desk, self.jobs, self.ready = desk, jobs, ready
        self.kept: dict[tuple[str, float], str] = {}  # panels as JSON

    @property
    def routes(self) -> list[Route]:
        """All routes, for the program."""
        return [
            Route("/api/experiments/{name}", self.experiment),
            Route("/api/study/check", self.check, methods=["POST"]),
            Route("/api/study/read", self.read, methods=["POST"]),
            Route("/api/seeds", self.seeds, methods=["POST"]),
            Route("/api/jobs", self.start, methods=["POST"]),
            Route("/api/jobs", self.listed),
            Route("/api/jobs/{job}", self.job),
            Route("/api/jobs/{job}/stop", self.stop, methods=["POST"]),
            Route("/api/jobs/{job}/panels", self.job_panels),
            Route("/api/jobs/{job}/report", self.job_report),
            Route("/api/jobs/{job}/files/{file}", self.job_file),
            Route("/api/results", self.results),
            Route("/api/results/{name}/panels", self.result_panels),
            Route("/api/results/{name}/report", self.result_report),
            Route("/api/results/{name}/files/{file}", self.result_file),
        ]

    # ---- studies ---------------------------------------------------------------------------------

    async def experiment(self, request: Request) -> Response:
        """Answer with a shipped experiment as a document."""
        self._prepare()
        document = await self.desk.do(_studies, "shipped_document", request.path_params["name"])
        return answered({"document": document})

    async def check(self, request: Request) -> Response:
        """Answer with what a document means, or what is wrong with it."""
        document = document_of(await body_of(request))
        self._prepare()
        return answered(await self.desk.do(_studies, "check", document, self.ready.is_set()))

    async def read(self, request: Request) -> Response:
        """Answer with the document that a text in YAML means."""
        text = (await body_of(request)).get("text")
        if not isinstance(text, str):
            raise Refused(400, "'text' is the text of a file.", field="text")
        return answered({"document": await self.desk.do(_studies, "read_document", text)})

    def _prepare(self) -> None:
        threading.Thread(target=self.jobs.prepare, daemon=True).start()

    # ---- jobs ------------------------------------------------------------------------------------

    async def start(self, request: Request) -> Response:
        """Take on a study."""
        body = await body_of(request)
        document = document_of(body)
        replicates = None if body.get("replicates") is None else whole(body, "replicates", 1, MOST_REPLICATES)
        job = await self.desk.do(self._take_on, document, replicates)
        return answered({"id": job.id, "name": job.name}, 201)

    def _take_on(self, document: dict[str, Any], replicates: int | None) -> Job:
        study = _studies("runnable", document, replicates)
        pairs = study.experiment.replicates if replicates is None else replicates
        name, text = place(self.jobs.out, study.experiment.name, lambda name: _studies("written", document, name))
        order = {
            "text": text, "out": str(self.jobs.out), "replicates": pairs, "command": command(self.jobs.out / name),
        }  # fmt: skip
        return self.jobs.add("compare", name, order, pairs * len(study.experiment.arms), pairs)

    async def seeds(self, request: Request) -> Response:
        """Take on a pair of worlds of the lesson under several seeds."""
        body = await body_of(request)
        first, count = whole(body, "seed", 0, 2**52), whole({"seeds": 20} | body, "seeds", 1, MOST_REPLICATES)
        weeks = None if body.get("weeks") is None else whole(body, "weeks", 1, 10_000)
        order = {
            "preset": word(body, "preset"), "a": timeline(body, "a"), "b": timeline(body, "b"), "weeks": weeks,
            "seeds": list(range(first, first + count)),
        }  # fmt: skip
        job = self.jobs.add("seeds", f"{count} seeds", order, count, count)
        return answered({"id": job.id}, 201)

    async def listed(self, _: Request) -> Response:
        """Answer with all jobs."""
        return answered(self.jobs.listed())

    async def job(self, request: Request) -> Response:
        """Answer with the state of a job."""
        return answered(self._job(request).facts)

    async def stop(self, request: Request) -> Response:
        """Stop a job."""
        return answered(self.jobs.stop(self._job(request).id).summary)

    async def job_panels(self, request: Request) -> Response:
        """Answer with what the pages show of a job."""
        job = self._job(request)
        if job.kind != "compare":
            raise Refused(404, "Seeds have no panels.")
        if job.panels is None:
            return answered({"pairs": 0, "of": job.replicates, "name": job.name})
        return as_json(job.panels)

    async def job_report(self, request: Request) -> Response:
        """Answer with the report of a job."""
        job = self._job(request)
        if not job.report or job.folder is None:
            raise Refused(409, NOT_YET if job.error is None else f"There is no report: {job.error}")
        return report_in(job.folder)

    async def job_file(self, request: Request) -> Response:
        """Answer with a file of a job."""
        return file_in(self._job(request).folder, request.path_params["file"])

    def _job(self, request: Request) -> Job:
        return self.jobs.get(request.path_params["job"])

    # ---- stored results --------------------------------------------------------------------------

    async def results(self, _: Request) -> Response:
        """Answer with the stored results."""
        return answered(await self.desk.do(stored, self.jobs.out))

    async def result_panels(self, request: Request) -> Response:
        """Answer with what the pages show of stored results."""
        try:
            return as_json(await self.desk.do(self._panels, self._folder(request)))
        except (NoResults, StoredDataDamaged, OSError) as error:
            raise Refused(409, f"These results cannot be read now: {error}") from error

    def _panels(self, folder: Path) -> str:
        key = (folder.name, (folder / "manifest.json").stat().st_mtime)
        if key not in self.kept:
            found = importlib.import_module("sim.comparison").open_results(folder, check=False)
            panels = importlib.import_module("sim.app.panels").panels
            while len(self.kept) >= KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[key] = text_of(panels(found, found.manifest.replicates))
        return self.kept[key]

    async def result_report(self, request: Request) -> Response:
        """Answer with the report of stored results, which is written if it is missing."""
        folder = self._folder(request)
        if not (folder / REPORT).is_file():
            job = self.jobs.writing(folder) or self.jobs.add("report", folder.name, {"folder": str(folder)}, 1, 1)
            await asyncio.to_thread(self.jobs.wait, job, PATIENCE)
            if job.state not in OVER or not job.report:
                raise Refused(409, job.error or "The report is being written: look again in a while.")
        return report_in(folder)

    async def result_file(self, request: Request) -> Response:
        """Answer with a file of stored results."""
        return file_in(self._folder(request), request.path_params["file"])

    def _folder(self, request: Request) -> Path:
        return folder_of(self.jobs.out, request.path_params["name"])


def document_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that a body brings, or raise Refused."""
    document = body.get("document")
    if not isinstance(document, dict):
        raise Refused(400, "'document' is a mapping.", field="document")
    return document


def report_in(folder: Path) -> Response:
    """Return the report of a folder, in which nothing may run."""
    return FileResponse(
        folder / REPORT, media_type="text/html; charset=utf-8", headers={"content-security-policy": REPORT_POLICY}
    )


def file_in(folder: Path | None, name: str) -> Response:
    """Return a file of a folder for downloading, if it is one of those that may be."""
    if folder is None or name not in DOWNLOADS or not (folder / name).is_file():
        raise Refused(404, f"There is no such file here; there may be {', '.join(DOWNLOADS)}.")
    return FileResponse(folder / name, filename=f"{folder.name}-{name}", media_type="application/octet-stream")


def _studies(name: str, *what: Any) -> Any:
    """Do something with studies; what they need is imported when they are first asked for."""
    return getattr(importlib.import_module("sim.app.studies"), name)(*what)
