"""Create and match as the usual tutorial stack does them: FastAPI, pydantic, SQLAlchemy's ORM, aiosqlite.

WAL and synchronous=FULL, so that it promises what Warmcall promises. Easier than the real task: no origins, no limits,
no idempotency, and the number is drawn, not the one with the fewest live requests.
"""
# Its packages are in another environment, .cache/bench-venv; and pydantic's fields are named as in JSON.
# mypy: ignore-errors
# ruff: noqa: N815

import os
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import JSON, Index, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NUMBERS = [f"+4930555001{n:02}" for n in range(10)]
LIFETIME = timedelta(days=1)

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['BENCH_DATA']}/peer.db")
Session = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()


class Base(DeclarativeBase):
    pass


class CallRequest(Base):
    __tablename__ = "call_request"
    __table_args__ = (Index("live_code", "number", "code", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    site: Mapped[str]
    group: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    number: Mapped[str]
    code: Mapped[str]
    caller: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    call_id: Mapped[str | None]


class Fields(BaseModel):
    firstname: str = Field(max_length=1000)
    lastname: str = Field(max_length=1000)
    phonenumber: str = Field(pattern=r"^\+[1-9][0-9]{5,14}$")


class Page(BaseModel):
    url: str = ""
    title: str = ""
    language: str = ""


class Draft(BaseModel):
    group: str
    fields: Fields
    userData: dict[str, Any] = {}
    page: Page = Page()


class Issued(BaseModel):
    id: UUID
    token: str
    accessNumber: str
    accessCode: str
    telUrl: str
    expiresAt: datetime
    expiresInS: int


class InboundCall(BaseModel):
    callId: str
    dialledNumber: str
    callerNumber: str | None = None
    digits: str | None = None


class MatchAnswer(BaseModel):
    outcome: str
    destination: str
    fields: dict[str, Any] | None = None


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


async def session() -> AsyncIterator[AsyncSession]:
    async with Session() as opened:
        yield opened


app = FastAPI(lifespan=lifespan)
Db = Annotated[AsyncSession, Depends(session)]


@app.post("/v1/sites/{site}/call-requests", status_code=201)
async def create(site: str, draft: Draft, db: Db) -> Issued:
    now = datetime.now(UTC)
    for _ in range(10):
        request = CallRequest(
            site=site,
            group=draft.group,
            number=random.choice(NUMBERS),
            code=f"{secrets.randbelow(10**8):08}",
            caller=draft.fields.phonenumber,
            created_at=now,
            expires_at=now + LIFETIME,
            content=draft.model_dump(mode="json"),
        )
        db.add(request)
        try:
            await db.commit()
        except IntegrityError:
            await db.rollback()
            continue
        return Issued(
            id=request.id,
            token=secrets.token_urlsafe(18),
            accessNumber=request.number,
            accessCode=request.code,
            telUrl=f"tel:{request.number},,{request.code}%23",
            expiresAt=request.expires_at,
            expiresInS=int(LIFETIME.total_seconds()),
        )
    raise HTTPException(503, "no code is free")


@app.post("/v1/match")
async def match(call: InboundCall, db: Db) -> MatchAnswer:
    waiting = select(CallRequest).where(
        CallRequest.number == call.dialledNumber, CallRequest.code == call.digits, CallRequest.state == "waiting"
    )
    request = (await db.scalars(waiting)).one_or_none()
    if request is None:
        return MatchAnswer(outcome="no_match", destination="sip:general@pbx.example.com")
    request.state = "matched"
    request.call_id = call.callId
    await db.commit()
    return MatchAnswer(outcome="matched", destination="sip:sales@pbx.example.com", fields=request.content)
